# `make install`, `make leaderboard` and `make test` are the usual ones. Each builds .venv on first use. `make help` lists all.
PYTHON ?= python3.11
# The build of torch. Its CPU wheel is taken where the package index has one; otherwise the index's default.
# `make TORCH='torch==2.13.0' ...` takes what the index gives, on Linux usually the CUDA build.
TORCH ?= torch==2.13.0+cpu
TORCH_FALLBACK ?= torch==2.13.0
PIP = .venv/bin/python -m pip install --no-compile --quiet --disable-pip-version-check --constraint constraints.txt
BIN = .venv/bin
# One thread a process: for models this small two threads that wait for each other are slower than one.
export OMP_NUM_THREADS = 1

.PHONY: help install leaderboard test suite docs test-docs notebook forecast corpus grammar bench-start test-cluster test-kills test-compile test-page test-long readme lint types imports fmt fuzz fuzz-language fuzz-models fuzz-results bench-run bench-compile fuzz-compile bench-tasks bench-decide bench-learn fuzz-decide fuzz-languages bench-training-length bench-predict bench-page bench-train bench-encodings bench-teacher check-teacher fuzz-guarantees clean test-lm-eval test-notebook probe-cards probe-defects explain-library explain-untrained explain-runs training-sets optimizers constrained-learner bench-learn-next

# The pinned versions and the project, in .venv.
install: .venv/.built

# What each target does.
help:
	@awk '/^# /{said[n++] = substr($$0, 3); next} \
	  n && match($$0, /^[a-z-]+:/){printf "%s\n", substr($$0, 1, RLENGTH - 1); for (i = 0; i < n; i++) print "    " said[i]} {n = 0}' Makefile

# A newcomer's first ten minutes: the suite `quick` is trained, as far as runs/ lacks it, and shown.
leaderboard: .venv/.built
	$(BIN)/python -m eval.leaderboard --suite quick --run

test: export PYTHONDONTWRITEBYTECODE =
# Lint, types, import rules and tests, in less than ten minutes on two cores.
# Types are checked beside the tests: one process could not use both cores, nor can the last files of the suite.
# Each file's tests run in one process, which makes what they share once; what Python compiles is kept for the next one.
test: lint .venv/.built
	@$(MAKE) --no-print-directory --jobs 2 types suite

# A test that stands still is ended after so many seconds, and named; those of other targets may take longer.
suite: imports
	$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup --no-loadscope-reorder --timeout 300

# What is left out of `make test`, for it must end within ten minutes: other cases of the same tests, long trainings, and
# the random tests with 200 examples each, which `make test` gives 25.
test-long: .venv/.built
	HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest --numprocesses 2 --dist loadgroup --no-loadscope-reorder -m 'long or hypothesis'

# The pages in Chromium, those tests too that `make test` leaves out; fails where that skips, without a browser or its driver.
test-page: .venv/.built
	CRASP_BROWSER=required $(BIN)/python -m pytest -m '' tests/eval/page tests/eval/site tests/crasp/pages

# lm-evaluation-harness on an exported pack, with a compiled and a trained model: the accuracies are eval.measure's.
test-lm-eval: .venv/.built
	$(PIP) --editable '.[dev,lm-eval]'
	CRASP_LM_EVAL=1 $(BIN)/python -m pytest tests/tasks/formats/test_lm_eval_pack.py

# The notebook that looks for the counting head of a compiled GPT-2 with TransformerLens.
test-notebook: .venv/.built
	$(PIP) --editable '.[dev,notebook]'
	CRASP_NOTEBOOK=1 $(BIN)/python -m pytest tests/crasp/artifacts/test_counting_head_notebook.py

# The leaderboard in docs/leaderboard.md, ten rows of it and the figure in the README, from results/.
readme: .venv/.built
	$(BIN)/python -m eval.readme

# The documentation as a site, in site/: built without network, and nothing in it asks for one. A broken link is an error.
docs: .venv/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

# Every block of the pages, those too that take long and those of pages that `make test` leaves out; then the tutorial's notebook, as Jupyter runs it.
test-docs: .venv/.docs
	CRASP_DOCS=1 $(BIN)/python -m pytest -m '' tests/docs
	$(BIN)/python -m docs.site.notebook --run

# The tutorial as a notebook, after a change of docs/tutorial.md.
notebook: .venv/.built
	$(BIN)/python -m docs.site.notebook

# What ruff finds, and whether everything is formatted.
lint: .venv/.built
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# What mypy finds.
types: .venv/.built
	$(BIN)/mypy

# Which package may import which.
imports: .venv/.built
	$(BIN)/lint-imports --no-cache

# Formats everything, and mends what ruff can mend.
fmt: .venv/.built
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The forecast's coefficients and what it is worth, from every fitted run in results/.
forecast: .venv/.built
	$(BIN)/python -m eval forecast --page docs/forecast.md

# The languages that it is to be learnt from, and the sweeps that train them, drawn anew: the same ones.
corpus: .venv/.built
	$(BIN)/python -c 'from eval.forecast.corpus import write_corpus; write_corpus()'

# A Ray cluster of two nodes on this machine, and one node killed.
test-cluster: .venv/.built
	$(PIP) --editable '.[dev,cluster]'
	CRASP_CLUSTER=1 $(BIN)/python -m pytest tests/train/sweep/test_cluster.py

# A sweep that is killed again and again at random moments.
test-kills: .venv/.built
	CRASP_KILLS=1 $(BIN)/python -m pytest tests/train/sweep/test_kills.py

# The compiled step against the eager one: minutes of CPU time for the compiler.
test-compile: .venv/.built
	CRASP_COMPILE=1 $(BIN)/python -m pytest tests/train/running/test_compile.py

CARDS = $(or $(RUNS),runs/probe_cards)
# The runs of results/probe that its ledger lacks, at low priority: two hours of CPU for all; a killed one goes on.
probe-cards: .venv/.built
	PYTHONPATH=. $(BIN)/python -m train merge results/probe --runs $(CARDS)
	PYTHONPATH=. $(BIN)/python benchmarks/reference_cards.py --train --runs $(CARDS)
	PYTHONPATH=. $(BIN)/python -m train export --runs $(CARDS) --out $(CARDS)/export
	cp $(CARDS)/export/architecture.jsonl results/probe/

# The planted defects, trained by the whole protocol. One run of each capability took two CPU minutes; there are three.
probe-defects: .venv/.built
	CRASP_PROBE=1 $(BIN)/python -m pytest tests/eval/probe/test_whole_trial.py

# The parser's tables, after a change of crasp/text/grammar.lark.
grammar: .venv/.built
	$(BIN)/python -c 'from crasp.text.parser import write_tables; write_tables()'

# How long commands take to start, as a multiple of a bare Python.
bench-start: .venv/.built
	$(BIN)/python benchmarks/bench_start.py

# An hour of all random tests, on other cases each time; MINUTES says how long, FIRST which cases.
fuzz: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/fuzz.py --minutes $(or $(MINUTES),60) $(if $(FIRST),--first $(FIRST))

# Damaged directories of models: verified, measured, nothing of them run. Ten minutes, or SECONDS of it.
fuzz-models: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/fuzz_damaged_files.py models --seconds $(or $(SECONDS),600) --first $(or $(FIRST),0)

# Damaged results and ledgers: what is sound is shown, exported and merged. Ten minutes, or SECONDS of it.
fuzz-results: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/fuzz_damaged_files.py results --seconds $(or $(SECONDS),600) --first $(or $(FIRST),0)

# Random programs and texts with mistakes through check, fmt, run, trace and import; SECONDS of it, ten minutes by default.
fuzz-language: .venv/.built
	$(BIN)/python -m tests.crasp.text.fuzz --seconds $(or $(SECONDS),600) --first $(or $(FIRST),0)

# The interpreter beside a plain loop over words and lists: tokens a second, and their ratio.
bench-run: .venv/.built
	$(BIN)/python benchmarks/bench_run.py

# Every task's sampler beside a straightforward generator, and beside the training that eats its words.
bench-tasks: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/bench_tasks.py
	$(BIN)/python benchmarks/bench_task_training.py

# What compiling the library costs and gives: seconds, size, and the lengths that can be certified.
bench-compile: .venv/.built
	$(BIN)/python benchmarks/bench_compile.py

# Every program of the library as a GPT-2, read back out of it; minutes. ONLY=d_ takes those whose name holds it.
explain-library: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/bench_explain.py library --only '$(ONLY)'

# None of twenty GPT-2s of random weights may be called explained.
explain-untrained: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/bench_explain.py untrained

# The runs of a ledger that have weights, EACH of a task, encoding and outcome; ten seconds of CPU a run.
explain-runs: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/bench_explain.py runs --runs $(or $(RUNS),runs) --each $(or $(EACH),1)

# A thousand regular expressions and some large automata decided: seconds, and how they grow.
bench-decide: .venv/.built
	$(BIN)/python benchmarks/bench_decide.py

# What a fixed training set, or left-out words, do to generalisation: the table of docs/training.md, from results/data.
training-sets: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/training_sets.py

# SGD, Muon and AdamW beside each other, and what they change in the verdicts: the tables of docs/training.md.
optimizers: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/training_sets.py results/optimizers
	PYTHONPATH=. $(BIN)/python benchmarks/optimizer_verdicts.py

# Theorem 12's constrained learner over covers of small models: five minutes of CPU.
constrained-learner: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/constrained_learner.py

# The library's languages, random programs and languages without one learnt from words: up to forty minutes; PART chooses.
bench-learn: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/learn.py $(if $(PART),--part $(PART)) --seconds $(or $(SECONDS),60)

# The automata of what may follow, of 180 random languages: two minutes of CPU.
bench-learn-next: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/learn_next_tokens.py

# Random languages decided, programs run and certificates checked; `make fuzz-decide FIRST=20000 COUNT=5000` goes on there.
fuzz-decide: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/fuzz_decide.py --first $(or $(FIRST),0) --count $(or $(COUNT),100000) --workers $(or $(WORKERS),2)

# 10,000 random small programs as GPT-2s: ten minutes of CPU. COUNT and FIRST choose others.
fuzz-compile: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/fuzz_compile.py --first $(or $(FIRST),0) --count $(or $(COUNT),10000)

# Random expressions and automata, right and broken; `make fuzz-languages FIRST=200000` goes on there.
fuzz-languages: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/fuzz_languages.py --first $(or $(FIRST),0) --count $(or $(COUNT),200000)

# Enumeration in seconds; then the experiments that runs/ lacks, some twenty-five minutes of CPU.
bench-training-length: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/bench_training_length.py
	$(BIN)/python -m eval.training_length_runs
	$(BIN)/python -m eval.training_length_smallest

# The peer is transformers' Trainer, which needs accelerate.
bench-train: .venv/.built
	$(PIP) --editable '.[dev,bench]'
	PYTHONPATH=. $(BIN)/python benchmarks/bench_train.py

# A step with each positional encoding beside one with APE: some three CPU minutes.
bench-encodings: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/bench_encodings.py

# The board as one page and as a site: how long they take, and what the largest page weighs.
bench-page: .venv/.built
	$(BIN)/python benchmarks/bench_page.py

# What a prediction of each task costs, with its start, in seconds of CPU.
bench-predict: .venv/.built
	$(BIN)/python benchmarks/bench_predict.py

# The teacher-student protocol beside a plain loop, and stacked seeds beside sequential ones.
bench-teacher: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/bench_teacher.py

# The stable findings about teacher and student: of every shipped seed, and of seed 0 trained here.
check-teacher: .venv/.built
	PYTHONPATH=. $(BIN)/python benchmarks/check_teacher.py

# Students that would contradict a guarantee, searched; ten minutes, or SECONDS of it, from the seed FIRST on.
fuzz-guarantees: .venv/.built
	$(BIN)/python -m tests.eval.prediction.architectures.counterexample_search --seconds $(or $(SECONDS),600) --first $(or $(FIRST),0)

.venv/.docs: .venv/.built
	$(PIP) --editable '.[dev,docs]'
	touch $@

# Removes .venv.
clean:
	rm -rf .venv

.venv/.built: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) '$(TORCH)' 2>/dev/null || $(PIP) '$(TORCH_FALLBACK)'
	$(PIP) --editable '.[dev]'
# pip would compile on one core. Templates and samples among the packages are no Python: that they fail is no failure.
	.venv/bin/python -m compileall -qq -j 0 .venv/lib || true
	touch $@

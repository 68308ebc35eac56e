"""A program as a stock GPT-2: compiled, certified, and loaded by transformers without this project."""

import sys
import tempfile

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

import crasp

directory = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp() + "/dyck1"
made = crasp.compile("lib:dyck1", directory, target="gpt2")
print(f"{made.layers} layers, {made.heads} heads, width {made.width}, certified to {made.max_length} tokens")

tokenizer = AutoTokenizer.from_pretrained(directory)
model = AutoModelForCausalLM.from_pretrained(directory, dtype=made.dtype)
for word in ("( ( ) )", "( ) )"):
    with torch.no_grad():
        logits = model(**tokenizer(word, return_tensors="pt")).logits[0, -1]
    accepted = logits[tokenizer.convert_tokens_to_ids("<accept>")] > 0
    print(word, "is accepted" if accepted else "is rejected")

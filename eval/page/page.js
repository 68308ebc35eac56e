"use strict";
// Says a chart's values where the pointer is, or the arrow keys lead, from the table of its figures.
for (const figure of document.querySelectorAll("figure.chart")) {
  const svg = figure.querySelector("svg[data-at]");
  const table = figure.querySelector("table");
  if (!svg || !table) continue;
  const at = svg.dataset.at.split(" ").map(Number);
  const [top, floor] = svg.dataset.plot.split(" ");
  const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim()));
  const guide = document.createElementNS(svg.namespaceURI, "path");
  guide.setAttribute("class", "guide");
  const said = document.createElement("output");
  said.className = "values";
  svg.append(guide);
  svg.after(said);
  svg.tabIndex = 0;
  let place = 0;
  const show = (k) => {
    place = Math.min(Math.max(k, 0), at.length - 1);
    guide.setAttribute("d", `M${at[place]} ${top}V${floor}`);
    const values = rows[place].map((text, column) => [names[column], text]).slice(1);
    const shown = values.filter(([, text]) => text !== "").map(([name, text]) => `${name}: ${text}`);
    said.textContent = `${names[0]} ${rows[place][0]}: ${shown.join("; ")}`;
  };
  const hide = () => {
    guide.removeAttribute("d");
    said.textContent = "";
  };
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    const far = at.map((each) => Math.abs(each - x));
    show(far.indexOf(Math.min(...far)));
  });
  svg.addEventListener("pointerleave", hide);
  svg.addEventListener("focus", () => show(place));
  svg.addEventListener("blur", hide);
  svg.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: at.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(to);
  });
}
// Sorts and filters the leaderboard, and unfolds everything where the page is printed.
(() => {
  const board = document.getElementById("board");
  const printed = matchMedia("print");
  const unfold = () => {
    if (printed.matches) for (const each of document.querySelectorAll("details")) each.open = true;
  };
  printed.addEventListener("change", unfold);
  if (!board) return;

  const body = board.tBodies[0];
  const listed = [...body.rows];
  const controls = document.getElementById("controls");
  const order = document.getElementById("order");
  const descending = document.getElementById("descending");
  const heads = [...board.tHead.rows[0].cells];
  const filters = ["setting", "predicted", "measured", "agree"];

  const compare = (column, sign) => (a, b) => {
    const [x, y] = [a.cells[column].dataset.key, b.cells[column].dataset.key];
    if (x === "" || y === "") return (x === "") - (y === ""); // what is missing comes last, whatever the order
    const number = heads[column].classList.contains("number");
    return sign * (number ? Number(x) - Number(y) : x.localeCompare(y));
  };

  const sort = () => {
    const column = order.value === "" ? -1 : Number(order.value);
    const sign = descending.checked ? -1 : 1;
    const rows = column < 0 ? listed : [...listed].sort(compare(column, sign));
    body.append(...rows);
    heads.forEach((head, k) => {
      const state = k === column ? (sign > 0 ? "ascending" : "descending") : "none";
      head.setAttribute("aria-sort", state);
      head.querySelector(".arrow").textContent = { ascending: "▲", descending: "▼", none: "↕" }[state];
    });
  };

  const filter = () => {
    const words = document.getElementById("filter-text").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of listed) {
      const kept =
        words.every((word) => row.dataset.text.includes(word)) &&
        filters.every((name) => {
          const wanted = document.getElementById(`filter-${name}`).value;
          return wanted === "" || row.dataset[name] === wanted;
        });
      row.hidden = !kept;
      shown += kept;
    }
    document.getElementById("shown").textContent = `${shown} of ${listed.length} rows`;
    document.getElementById("nothing").hidden = shown > 0;
  };

  heads.forEach((head, k) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(head.textContent, " ");
    const arrow = document.createElement("span");
    arrow.className = "arrow";
    arrow.setAttribute("aria-hidden", "true");
    button.append(arrow);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      descending.checked = order.value === String(k) ? !descending.checked : head.classList.contains("number");
      order.value = String(k);
      sort();
    });
  });
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("input", () => (sort(), filter()));
  controls.addEventListener("reset", () => setTimeout(() => (sort(), filter())));
  controls.hidden = false;
  sort();
  filter();
})();

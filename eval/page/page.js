"use strict";
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

"use strict";
const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
const plain = text => text.normalize("NFKC").toLowerCase();
const rowsOf = body => all("tr:not(.group)", body);

function keyOf(row, column) {
  const cell = row.cells[column];
  return "key" in cell.dataset ? cell.dataset.key : cell.textContent.replace(/,/g, "");
}

function sortBy(heading) {
  const table = heading.closest("table"), down = heading.classList.contains("up");
  for (const other of all("th", table.tHead)) {
    other.classList.remove("up", "down");
    other.removeAttribute("aria-sort");
  }
  heading.classList.add(down ? "down" : "up");
  heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  const order = new Intl.Collator("ja", { numeric: true }), sign = down ? -1 : 1;
  for (const body of table.tBodies) {
    const rows = rowsOf(body);
    rows.sort((a, b) => sign * order.compare(keyOf(a, heading.cellIndex), keyOf(b, heading.cellIndex)));
    body.append(...rows);
  }
}

function showRows(table, isShown, counter) {
  let count = 0, total = 0;
  for (const body of table.tBodies) {
    let here = 0;
    for (const row of rowsOf(body)) {
      row.hidden = !isShown(row);
      here += row.hidden ? 0 : 1;
      total += 1;
    }
    all(".group", body).forEach(row => { row.hidden = !here || body.dataset.merged === "yes"; });
    count += here;
  }
  counter.textContent = "表示 " + count + " 件／全 " + total + " 件";
}

function has(row, box) {
  return plain(box.value).split(/\s+/).every(word => plain(row.textContent).includes(word));
}

function setUpFindings(table) {
  const box = document.getElementById("finding-filter"), bySheet = document.getElementById("by-sheet");
  const homes = new Map();
  all("tbody", table).forEach(body => rowsOf(body).forEach(row => homes.set(row, body)));
  const update = () => {
    const chosen = all("input.severity:checked").map(one => one.value);
    showRows(table, row => chosen.some(one => row.classList.contains(one)) && has(row, box),
      document.getElementById("finding-count"));
  };
  bySheet.onchange = () => {
    const [first] = table.tBodies;
    for (const body of table.tBodies) body.dataset.merged = bySheet.checked ? "no" : "yes";
    homes.forEach((home, row) => (bySheet.checked ? home : first).append(row));
    const sorted = table.querySelector("th.up, th.down");
    if (sorted) { sorted.classList.toggle("up"); sorted.classList.toggle("down"); sortBy(sorted); }
    update();
  };
  [box, ...all("input.severity")].forEach(one => { one.oninput = update; });
  update();
}

function setUpFormulas(table) {
  const box = document.getElementById("formula-filter"), wrong = document.getElementById("wrong-only");
  const update = () => showRows(table, row => (!wrong.checked || row.classList.contains("wrong")) && has(row, box),
    document.getElementById("formula-count"));
  [box, wrong].forEach(one => { one.oninput = update; });
  update();
}

function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let one = target; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
  target.scrollIntoView({ block: "center" });
}

const findings = document.getElementById("finding-list");
if (findings) setUpFindings(findings);
const formulas = document.getElementById("formula-list");
if (formulas) setUpFormulas(formulas);
for (const heading of all("table.list thead th")) {
  heading.tabIndex = 0;
  heading.onclick = () => sortBy(heading);
  heading.onkeydown = event => { if (event.key === "Enter") sortBy(heading); };
}
all("button.toggle").forEach(button => {
  button.onclick = () => {
    const trees = all("details", button.closest("section")), open = !trees.every(tree => tree.open);
    trees.forEach(tree => { tree.open = open; });
  };
});
addEventListener("hashchange", openTarget);
openTarget();

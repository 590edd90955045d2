import { Panel } from "./panel.js";

const USERS = ["Ann", "Ben"];
// Milliseconds.
const PUBLISH_EVERY = 250;
const LOOK_EVERY = 500;

const nodes = await (await fetch("/nodes")).json();
const template = document.querySelector("template");
const panels = nodes.map((node, index) => {
  const element = template.content.firstElementChild.cloneNode(true);
  element.querySelector("h2").textContent = node.name;
  element.setAttribute("aria-label", node.name);
  document.querySelector("#panels").append(element);
  return new Panel(element, USERS[index], nodes, index);
});

let count = 0;
setInterval(() => {
  if (!document.querySelector("#publishing").checked) return;
  count += 1;
  panels.forEach((panel, index) => panel.publish(`${USERS[index]}: message ${count}`));
}, PUBLISH_EVERY);

async function look() {
  const status = await (await fetch("/nodes")).json();
  status.forEach((node, index) => { panels[index].isRunning = node.is_running; });
}
look();
setInterval(look, LOOK_EVERY);

for (const button of document.querySelectorAll("[data-redis]")) {
  button.addEventListener("click", () => fetch(`/redis/${button.dataset.redis}`, { method: "POST" }));
}

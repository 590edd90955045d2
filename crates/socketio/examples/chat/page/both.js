// This server and the one beside it, each in a frame.

const beside = await (await fetch("/beside.json")).json();
for (const origin of [location.origin, beside]) {
  const [side, heading, frame] = ["section", "h2", "iframe"].map((kind) => document.createElement(kind));
  heading.textContent = `Server ${new URL(origin).host}`;
  frame.title = heading.textContent;
  frame.src = origin;
  side.append(heading, frame);
  document.body.append(side);
}

const parts = Array.from(document.querySelectorAll('details'));
const button = document.getElementById('all');
const isAllOpen = () => parts.every((part) => part.open);
const show = () => { button.textContent = isAllOpen() ? 'Close all' : 'Open all'; };
button.hidden = false;
button.addEventListener('click', () => {
  const open = !isAllOpen();
  for (const part of parts) part.open = open;
  show();
});
for (const part of parts) part.addEventListener('toggle', show);
let closed = [];
addEventListener('beforeprint', () => {
  closed = parts.filter((part) => !part.open);
  for (const part of closed) part.open = true;
});
addEventListener('afterprint', () => { for (const part of closed) part.open = false; });

/** The switch between light and dark. The choice outlives the page. */

const NAME = "workbench-theme";

export function followTheme(select) {
  const apply = () => { document.documentElement.dataset.theme = select.value; };
  select.value = localStorage.getItem(NAME) ?? "";
  apply();
  select.addEventListener("change", () => {
    localStorage.setItem(NAME, select.value);
    apply();
  });
}

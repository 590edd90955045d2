/** What the keyboard reaches: all that can be used, by Tab and, within a group, by arrow keys. */

const GROUPS = "[role=tablist], [role=listbox], [role=tree], .figure, fieldset.segments";

/** Presses Tab until something that matches has the focus. */
export async function tabTo(page, selector) {
  for (let stop = 0; stop < 80; stop += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
  }
  throw new Error(`Tab does not reach ${selector}`);
}

/**
 * Presses Tab through the page and arrow keys in each group. Returns what was not reached, and what had
 * no visible focus.
 */
export async function reached(page) {
  await page.evaluate((groups) => {
    window.reach = { seen: new Set(), dim: [] };
    window.usable = () => [...document.querySelectorAll(
      "a[href], button, input, select, textarea, summary, [role=option], [role=treeitem]",
    )].filter((element) => !element.disabled && element.checkVisibility());
    addEventListener("focusin", ({ target }) => {
      window.reach.seen.add(target);
      const shows = [target, target.nextElementSibling].some((element) =>
        element && getComputedStyle(element).outlineStyle !== "none");
      if (!shows && target !== document.body) window.reach.dim.push(`${target.tagName}.${target.className} has no visible focus`);
    });
    document.activeElement?.blur();
    window.groupOf = () => document.activeElement?.closest(groups);
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
  }, GROUPS);
  for (let stop = 0; stop < 80; stop += 1) {
    await page.keyboard.press("Tab");
    const size = await page.evaluate(() => {
      const group = window.groupOf();
      if (!group || group === window.lastGroup) return 0;
      window.lastGroup = group;
      // A choice of tabs or radio buttons changes the page; another check makes one.
      return group.matches("[role=tablist], .segments") ? -1
        : group.querySelectorAll(".bit, [role=option], [role=treeitem]").length;
    });
    if (size > 0) {
      await page.keyboard.press("Home");
      for (let item = 1; item < size; item += 1) await page.keyboard.press("ArrowRight");
    }
    const isDone = await page.evaluate(() => document.activeElement === document.body);
    if (isDone) break;
  }
  return page.evaluate((groups) => {
    const inChoice = (element) => element.closest("[role=tablist], .segments");
    const choices = new Set([...window.reach.seen].map(inChoice).filter(Boolean));
    const missing = window.usable()
      .filter((element) => !window.reach.seen.has(element) && !choices.has(inChoice(element)))
      .map((element) => `${element.tagName}.${element.className} ${element.textContent.slice(0, 30)} is not reached`);
    return [...missing, ...window.reach.dim];
  }, GROUPS);
}

/** What can be measured of how a page looks. */

/** Parts of the page that are wider than it. */
export const overflow = (page) => page.evaluate(() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > root.clientWidth + 0.5)
    .map((element) => `${element.tagName} ${element.id} ${element.className} is too wide`);
});

/** Texts whose contrast is below 4.5 (WCAG 1.4.3). */
export const contrasts = (page) => page.evaluate(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgroundOf = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
      if (colour[3] > 0) throw new Error(`${at.className} is half transparent`);
    }
    return [255, 255, 255];
  };
  const low = new Map();
  for (const element of document.querySelectorAll("body *")) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const isField = element.matches("input, textarea, select");
    if (!(hasText || isField) || !element.checkVisibility({ checkOpacity: true, visibilityProperty: true })) continue;
    const text = luminance(rgba(getComputedStyle(element).color));
    const behind = luminance(backgroundOf(element));
    const contrast = (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05);
    if (contrast < 4.5) {
      const name = `${element.tagName}.${element.className}`;
      low.set(name, `${name} ${JSON.stringify(element.textContent.trim().slice(0, 20))}: ${contrast.toFixed(2)}`);
    }
  }
  return [...low.values()];
});

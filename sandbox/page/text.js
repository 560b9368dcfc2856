// Elements, and the little of Markdown that the contract's descriptions use. Text becomes text nodes
// alone, so that no reply and no description can turn into markup.

/** `element('p', { class: 'note' }, 'text', child, …)`; `false` and `null` children are left out. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(key, value);
    else if (value !== null && value !== false) made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== false));
  return made;
}

/** A description: paragraphs, tables, **bold** and `code`. */
export function prose(text = '') {
  const blocks = text.trim().split(/\n\s*\n/).filter((block) => block !== '');
  return blocks.map((block) => (block.trimStart().startsWith('|') ? table(block) : element('p', {}, inline(block))));
}

/** One line of a description. */
export function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
    if (/^`.+`$/s.test(part)) return element('code', {}, part.slice(1, -1));
    if (/^\*\*.+\*\*$/s.test(part)) return element('strong', {}, part.slice(2, -2));
    return part;
  });
}

/** The cells of a table's line. */
export const cells = (line) => line.trim().replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim());

function table(block) {
  const [head, , ...rows] = block.split('\n').map(cells);
  return grid(head, rows.map((row) => row.map(inline)));
}

/** A table that scrolls by itself where the screen is narrow. */
export function grid(head, rows) {
  const row = (name, items) => element('tr', {}, items.map((item) => element(name, {}, item)));
  const parts = [element('thead', {}, row('th', head)), element('tbody', {}, rows.map((items) => row('td', items)))];
  return element('div', { class: 'scroll', tabindex: '0' }, element('table', {}, parts));
}

export const json = (value) => element('pre', { tabindex: '0' }, JSON.stringify(value, null, 2));

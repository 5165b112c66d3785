//! Level 4: loads the page anew and puts back what a person would miss: scroll position, focus, typed text.

const key = "dev-server.reload";
/** Text of a field beyond this is not kept; the whole store of a page is a few megabytes. */
const longestField = 64 * 1024;

export type Reloaded = {
  readonly reason: string;
  readonly epoch: string;
  readonly sequence: string;
  /** The program asked for it: which one, and how often in a row. */
  readonly invalidated?: Invalidated | undefined;
};

export type Invalidated = { readonly module: string; readonly times: number };

type Kept = Reloaded & {
  readonly path: string;
  readonly scroll: readonly [number, number];
  readonly focus: FocusMark | undefined;
  readonly fields: readonly FieldMark[];
};

type FocusMark = { readonly at: string; readonly selection: readonly [number, number] | undefined };
type FieldMark = {
  readonly at: string;
  readonly value?: string;
  readonly checked?: boolean;
  readonly selected?: readonly number[];
};

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** What the reload that led here was for; undefined when the person reloaded. Read once. */
export function takeReloaded(): Kept | undefined {
  try {
    const text = sessionStorage.getItem(key);
    sessionStorage.removeItem(key);
    const kept = text ? (JSON.parse(text) as Kept) : undefined;
    return kept?.path === location.pathname ? kept : undefined;
  } catch {
    // Storage may be forbidden, or hold what an older client wrote.
    return undefined;
  }
}

export function reloadPage(cause: Reloaded): void {
  keepPage(cause);
  location.reload();
}

/** Keeps what the next page is to put back. */
export function keepPage(cause: Reloaded): void {
  const kept: Kept = {
    ...cause,
    path: location.pathname,
    scroll: [scrollX, scrollY],
    focus: focusMark(),
    fields: [...document.querySelectorAll<Field>("input, textarea, select")].flatMap(fieldMark),
  };
  try {
    sessionStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // Full or forbidden: the reload itself matters more.
  }
}

/** Puts back what is there already and says whether all of it was. A program draws its page some time after the load. */
export function restorePage(kept: Kept): boolean {
  const missing = kept.fields.filter((mark) => !restoreField(mark));
  const focused = kept.focus ? document.querySelector<HTMLElement>(kept.focus.at) : undefined;
  if (kept.focus && focused) {
    focused.focus({ preventScroll: true });
    if (kept.focus.selection && "setSelectionRange" in focused) {
      try {
        (focused as HTMLInputElement).setSelectionRange(...kept.focus.selection);
      } catch {
        // Fields such as type=email have a caret that scripts may not place.
      }
    }
  }
  scrollTo(...kept.scroll);
  return missing.length === 0 && (!kept.focus || !!focused);
}

function fieldMark(field: Field): FieldMark[] {
  if (field instanceof HTMLSelectElement) {
    const selected = [...field.options].flatMap((option, index) => (option.selected ? [index] : []));
    return [{ at: pathTo(field), selected }];
  }
  // A password does not belong in a store, and a file cannot be put back.
  if (field.type === "password" || field.type === "file" || field.type === "hidden") return [];
  if (field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio")) {
    return field.checked === field.defaultChecked ? [] : [{ at: pathTo(field), checked: field.checked }];
  }
  if (field.value === field.defaultValue || field.value.length > longestField) return [];
  return [{ at: pathTo(field), value: field.value }];
}

function restoreField(mark: FieldMark): boolean {
  const field = document.querySelector<Field>(mark.at);
  if (!field) return false;
  if (mark.selected && field instanceof HTMLSelectElement) {
    const selected = new Set(mark.selected);
    for (const [index, option] of [...field.options].entries()) option.selected = selected.has(index);
  } else if (mark.checked !== undefined && field instanceof HTMLInputElement) {
    field.checked = mark.checked;
  } else if (mark.value !== undefined) {
    field.value = mark.value;
  }
  return true;
}

function focusMark(): FocusMark | undefined {
  const element = document.activeElement;
  if (!element || element === document.body) return undefined;
  const { selectionStart, selectionEnd } = element as Partial<HTMLInputElement>;
  const selection = typeof selectionStart === "number" && typeof selectionEnd === "number";
  return { at: pathTo(element), selection: selection ? [selectionStart, selectionEnd] : undefined };
}

/** A selector that finds the element again in a page of the same shape. */
export function pathTo(element: Element): string {
  const steps: string[] = [];
  for (let node: Element | null = element; node; node = node.parentElement) {
    if (node.id) {
      steps.unshift(`#${CSS.escape(node.id)}`);
      break;
    }
    const name = node.localName;
    const same = [...(node.parentElement?.children ?? [])].filter((sibling) => sibling.localName === name);
    steps.unshift(`${CSS.escape(name)}:nth-of-type(${same.indexOf(node) + 1})`);
  }
  return steps.join(" > ");
}

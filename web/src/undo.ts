//! Undoes what a failed start did to the document. Reaches nodes, attributes and text below the document; properties
//! that leave no trace there (a typed value, a canvas, a closed shadow root) stay as the failed program left them.

export class UndoLog {
  readonly #observer: MutationObserver;

  constructor(root: Node) {
    this.#observer = new MutationObserver(() => {});
    this.#observer.observe(root, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeOldValue: true,
      characterData: true,
      characterDataOldValue: true,
    });
  }

  /** Ends recording and keeps what was done. */
  keep(): void {
    this.#observer.disconnect();
  }

  /** Ends recording and takes back what was done since. All of it happened in this very task, so no record is missing. */
  undo(): void {
    const records = this.#observer.takeRecords();
    this.#observer.disconnect();
    for (const record of records.reverse()) revert(record);
  }
}

function revert(record: MutationRecord): void {
  const { target } = record;
  switch (record.type) {
    case "childList": {
      for (const node of record.addedNodes) if (node.parentNode === target) target.removeChild(node);
      const before = record.nextSibling?.parentNode === target ? record.nextSibling : null;
      for (const node of record.removedNodes) target.insertBefore(node, before);
      return;
    }
    case "attributes": {
      const element = target as Element;
      const name = record.attributeName ?? "";
      if (record.oldValue === null) element.removeAttributeNS(record.attributeNamespace, name);
      else element.setAttributeNS(record.attributeNamespace, name, record.oldValue);
      return;
    }
    case "characterData":
      target.nodeValue = record.oldValue;
      return;
    default:
      record.type satisfies never;
  }
}

//! The live syntax tree of a Go program as nested lists that open and close; what a save changed is marked.

import { defineComponent, h, type PropType, ref, type SlotsType, type VNode } from "vue";
import type { GoModule, GoProgram } from "../go-module/go-program.js";
import type { GoTreeNode } from "./tree-model.js";
import { useGoTree } from "./use-go-tree.js";

type NodeSlot = ((given: { node: GoTreeNode }) => unknown) | undefined;

/** Of its own, so that a change is drawn where it is and nowhere else. */
const GoTreeBranch = defineComponent({
  name: "GoTreeBranch",
  props: {
    node: { type: Object as PropType<GoTreeNode>, required: true },
    revision: { type: BigInt as unknown as PropType<bigint>, required: true },
    open: { type: Number, required: true },
    slot: { type: Function as unknown as PropType<NodeSlot>, default: undefined },
  },
  setup(props) {
    // What nobody has opened is not in the document: a file has thousands of nodes.
    const isOpen = ref(props.open > 0);
    const onToggle = (event: Event) => {
      isOpen.value = (event.target as HTMLDetailsElement).open;
    };
    return (): VNode => {
      const { node, revision, open, slot } = props;
      const { kind, label, children } = node;
      const words = slot?.({ node }) ?? [
        h("span", { class: "go-tree-kind" }, kind),
        label === "" ? undefined : h("code", { class: "go-tree-label" }, label),
      ];
      const content =
        children.length === 0
          ? h("span", words as VNode[])
          : h("details", { open: isOpen.value, onToggle }, [
              h("summary", words as VNode[]),
              isOpen.value
                ? h(
                    "ul",
                    children.map((child) => branch(child, revision, open - 1, slot)),
                  )
                : undefined,
            ]);
      const isChanged = node.revision === revision && revision > 0n;
      return h("li", { class: { "go-tree-node": true, "go-tree-changed": isChanged } }, [content]);
    };
  },
});

function branch(node: GoTreeNode, revision: bigint, open: number, slot: NodeSlot): VNode {
  return h(GoTreeBranch, { key: node.key, node, revision, open, slot });
}

export const GoTree = defineComponent({
  name: "GoTree",
  props: {
    module: { type: Object as PropType<GoModule | GoProgram>, required: true },
    /** Only this file. */
    file: { type: String, default: undefined },
    /** How many levels are open at first. */
    open: { type: Number, default: 1 },
  },
  slots: Object as SlotsType<{
    /** What stands for a node. */
    node?: { node: GoTreeNode };
  }>,
  setup(props, { slots }) {
    const { files } = useGoTree(props.module, props.file);
    return () =>
      h(
        "ul",
        { class: "go-tree" },
        [...files.values()]
          .sort((one, other) => (one.file < other.file ? -1 : 1))
          .map(({ file, root, revision }) =>
            h("li", { key: file, class: "go-tree-file" }, [
              h("span", { class: "go-tree-name" }, file),
              h("ul", [branch(root, revision, props.open, slots.node as NodeSlot)]),
            ]),
          ),
      );
  },
});

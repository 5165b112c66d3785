//! The syntax trees of a Go program, as reactive data that follows each save.

import { getCurrentScope, onScopeDispose, type ShallowReactive, shallowReactive } from "vue";
import type { GoModule, GoProgram } from "../go-module/go-program.js";
import { type GoTreeFile, TreeModel } from "./tree-model.js";

export type UsedGoTree = {
  /** By name of the file. */
  readonly files: ShallowReactive<ReadonlyMap<string, GoTreeFile>>;
};

/** `file`: only this one. Of what is built for others there are no trees. */
export function useGoTree(module: GoModule | GoProgram, file?: string): UsedGoTree {
  const program = "default" in module ? module.default : module;
  const models = new Map<string, TreeModel>();
  const files = shallowReactive(new Map<string, GoTreeFile>());
  const end = program.onTree((event) => {
    if (file !== undefined && event.file !== file) return;
    if (event.what === "removed") {
      models.delete(event.file);
      files.delete(event.file);
    } else if (event.what === "changed") {
      const known = models.get(event.file);
      const model = known ?? new TreeModel(event);
      known?.patch(event);
      models.set(event.file, model);
      files.set(event.file, { file: event.file, root: model.root, revision: model.revision });
    }
  });
  if (getCurrentScope()) onScopeDispose(end);
  return { files };
}

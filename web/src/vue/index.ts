//! What Vue components need of Go programs.

export { GoApp } from "./go-app.js";
export { GoTree } from "./go-tree.js";
export type { GoTreeFile, GoTreeNode } from "./tree-model.js";
export { type UsedGoModule, useGoModule } from "./use-go-module.js";
export { type UsedGoTree, useGoTree } from "./use-go-tree.js";

//! A Go program as a component sees it: what it is doing, and values that are computed anew when its code is new.

import {
  type ComputedRef,
  computed,
  getCurrentScope,
  onScopeDispose,
  type ShallowRef,
  shallowReadonly,
  shallowRef,
} from "vue";
import type { GoModule, GoProgram, ProgramState } from "../go-module/go-program.js";
import type { Diagnostic, Updated } from "../messages.js";

export type UsedGoModule = {
  readonly program: GoProgram;
  readonly state: Readonly<ShallowRef<ProgramState>>;
  /** What is wrong with the source. */
  readonly diagnostics: Readonly<ShallowRef<readonly Diagnostic[]>>;
  /** The update that was done last. */
  readonly updated: Readonly<ShallowRef<Updated | undefined>>;
  /** A value that Go functions make: made anew after each update, after each `run`, and when what it was made from is
   * another. While the program does not run it stays what it was. */
  read<Value>(take: () => Value): ComputedRef<Value>;
  /** Calls Go functions that change the program's state: whatever was read is read again. */
  run<Value>(act: () => Value): Value;
};

/** `module`: what `import * as go from "./app.go"` gives, or its default export. */
export function useGoModule(module: GoModule | GoProgram): UsedGoModule {
  const program = "default" in module ? module.default : module;
  const state = shallowRef(program.state);
  const diagnostics = shallowRef<readonly Diagnostic[]>([]);
  const updated = shallowRef<Updated>();
  const version = shallowRef(0);
  const again = () => {
    version.value += 1;
  };

  const ends = [
    program.onState((now) => {
      state.value = now;
      again();
    }),
    program.onUpdate((update) => {
      updated.value = update;
      again();
    }),
    program.onDiagnostics((items) => {
      diagnostics.value = items;
    }),
  ];
  const leave = () => {
    for (const end of ends) end();
  };
  if (getCurrentScope()) onScopeDispose(leave);

  return {
    program,
    state: shallowReadonly(state),
    diagnostics: shallowReadonly(diagnostics),
    updated: shallowReadonly(updated),
    read: <Value>(take: () => Value) =>
      computed<Value>((before) => {
        void version.value;
        return state.value.name === "running" || before === undefined ? take() : before;
      }),
    run: (act) => {
      try {
        return act();
      } finally {
        again();
      }
    },
  };
}

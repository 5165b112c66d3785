//! A Go program that draws by itself, as a component: begins when its elements are there, and ends with them.

import {
  defineComponent,
  h,
  onBeforeUnmount,
  onMounted,
  type PropType,
  type SlotsType,
  shallowRef,
} from "vue";
import type { GoModule, GoProgram, ProgramState } from "../go-module/go-program.js";
import type { Updated } from "../messages.js";

export const GoApp = defineComponent({
  name: "GoApp",
  props: {
    /** `() => import("./clock.go")`: the program starts when it is imported, so this is done once the slot is there. */
    module: { type: [Function, Object] as PropType<(() => Promise<GoModule>) | GoModule>, required: true },
    /** Element around the slots. */
    tag: { type: String, default: "div" },
  },
  emits: {
    state: (_state: ProgramState) => true,
    updated: (_updated: Updated) => true,
  },
  slots: Object as SlotsType<{
    /** What the program draws into; it is there before the program starts. */
    default?: Record<string, never>;
    loading?: Record<string, never>;
    /** The program went down, or could not be loaded. */
    failure?: { message: string };
  }>,
  setup({ module, tag }, { emit, slots }) {
    const state = shallowRef<ProgramState>({ name: "loading" });
    let program: GoProgram | undefined;
    let ends: (() => void)[] = [];
    let isMounted = true;

    const become = (now: ProgramState) => {
      state.value = now;
      emit("state", now);
    };
    const begin = async () => {
      const { default: loaded } = typeof module === "function" ? await module() : module;
      if (!isMounted) {
        loaded.stop();
        return;
      }
      program = loaded;
      // Again, if it was here before.
      const started = loaded.start();
      ends = [loaded.onState(become), loaded.onUpdate((updated) => emit("updated", updated))];
      await started;
    };
    onMounted(() => {
      begin().catch((error: unknown) => isMounted && become({ name: "crashed", message: String(error) }));
    });
    onBeforeUnmount(() => {
      isMounted = false;
      for (const end of ends) end();
      program?.stop();
    });

    return () =>
      h(tag, [
        slots.default?.({}),
        state.value.name === "loading" ? slots.loading?.({}) : undefined,
        state.value.name === "crashed" ? slots.failure?.({ message: state.value.message }) : undefined,
      ]);
  },
});

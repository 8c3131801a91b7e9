// The engine alone, for who has a clock and slots of their own: tests that decide what time it is.
export { Engine, type EngineOptions, type LogLevel, type Output, type Time } from "./engine.js";
export { type ErrorCode, ServerError } from "./errors.js";
export { MemorySlots } from "./memory_slots.js";
export { OpfsSlots } from "./opfs_slots.js";
export { NodeSlots } from "./node_slots.js";
export type { Slot, SlotPool } from "./slots.js";
export { compileWasm, type WasmSource } from "./wasm.js";

// The parts, for who puts them together differently: tests that decide what time it is, or how
// large the disk is.
export { type Channel, localChannels } from "./channel.js";
export { Engine, type EngineOptions, type LogLevel, type Output, type Time } from "./engine.js";
export { type ErrorCode, ServerError } from "./errors.js";
export { Host, type HostOptions, type Report, timeNow } from "./host.js";
export { MemorySlots } from "./memory_slots.js";
export { OpfsSlots } from "./opfs_slots.js";
export { NodeSlots } from "./node_slots.js";
export type { Slot, SlotPool } from "./slots.js";
export { LinkSocket } from "./socket.js";
export { compileWasm, type WasmSource } from "./wasm.js";

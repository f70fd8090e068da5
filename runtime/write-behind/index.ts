export { applyWrites, type ApplyWritesOptions, WriteBehind, type WriteBehindOptions } from './write-behind';

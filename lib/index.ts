export * from './api-gateway';
export * from './core';
export * from './function-service';
export * from './key-value-store';
export * from './network';
export * from './work-queue';

export { changeDataCapture, type ChangeDataCapture, type ChangeDataCaptureOptions } from './change-data-capture';
export { type CapturedDocument, type CaptureMapping, type ChangeSink } from './mapping';
export { reindex, type ReindexableSink, type ReindexOptions, type ReindexProgress } from './reindex';
export { reindexHandler, type ReindexHandler, type ReindexHandlerOptions } from './reindex-handler';

export { UploadStateError } from './errors';
export { subjectOf, uploadsHandler } from './http';
export { type UploadSettings, uploadSettings } from './settings';
export { type Multipart, type Upload, type UploadStatus } from './upload';
export { uploadEvents, type UploadEventsOptions, type UploadedObject } from './upload-events';
export { type ArrivedObject, UploadStates, type UploadStatesOptions } from './upload-states';
export { type Sign, type SignedPart, type SignedRequest, Uploads, type UploadsOptions, type UploadView } from './uploads';

export { PresignedUpload } from './presigned-upload';
export { type PresignedUploadProps } from './presigned-upload-props';

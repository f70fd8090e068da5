export { ChangeDataCapture, type ChangeDataCaptureProps } from './change-data-capture';

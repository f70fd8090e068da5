export { type FileOwner, SharedFileSystem, type SharedFileSystemProps } from './shared-file-system';

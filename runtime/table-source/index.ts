export { TableSource, type TableSourceOptions } from './table-source';

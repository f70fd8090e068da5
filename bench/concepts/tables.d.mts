export declare function pageWith(page: string, text: string): string;

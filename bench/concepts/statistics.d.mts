export declare function median(numbers: readonly number[]): number;
export declare function pairedRatio(rounds: readonly Record<string, number>[], a: string, b: string): number;
export declare function geometricMean(ratios: readonly number[]): number;

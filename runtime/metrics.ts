/**
 * Told of what happens, one call for each event: hand it to the metrics library of your choice, for example
 * `(event) => metrics.addMetric(event, MetricUnit.Count, 1)` of Powertools.
 */
export type CountEvent = (event: string) => void;

export { UrlShortener, type UrlShortenerProps } from './url-shortener';

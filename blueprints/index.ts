export { ImageProcessing, type ImageProcessingProps } from './image-processing';
export { MediaSharing, type MediaSharingProps } from './media-sharing';
export { RealTimeAnalytics, type RealTimeAnalyticsProps } from './real-time-analytics';
export { ThreeTierWebApp, type ThreeTierWebAppProps } from './three-tier-web-app';
export { TicketBooking, type TicketBookingProps } from './ticket-booking';
export { UrlShortener, type UrlShortenerProps } from './url-shortener';

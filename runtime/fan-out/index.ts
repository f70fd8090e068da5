export {
  type FanOutMessage, type FanOutPublisher, fanOutPublisher, type FanOutPublisherOptions, NotPublishedError, type Topics,
} from './publisher';
export { type FanOutTarget, fanOutTarget } from './settings';

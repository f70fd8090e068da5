import type { Stack } from 'aws-cdk-lib';
import { BLUEPRINTS } from '../../blueprints/registry';
import { ThreeTierWebApp } from '../../blueprints/three-tier-web-app';
import { Profile } from '../../lib/core';
import { stackWith, templateOf } from '../support/stacks';

/**
 * The logical ids of everything that holds data, as each blueprint's stack has them.
 *
 * Red? Then a construct was renamed or moved, and the next deployment of whoever uses the blueprint REPLACES the resource:
 * CloudFormation creates an empty one and leaves the old one, with the data in it, behind. Undo the rename. Where it must
 * be, say in the changelog that `cdk refactor` has to run before the deployment, and change the list in the same commit.
 * A resource that is new, or gone on purpose, is added or removed here.
 */
const FROZEN: Record<string, readonly string[]> = {
  'url-shortener': [
    'UrlShortenerApiAccessLogBFFDC168',
    'UrlShortenerClicksDeadLetterQueueBA225272',
    'UrlShortenerClicksQueueFDFF0741',
    'UrlShortenerCountClickLogs512C87AD',
    'UrlShortenerCreateLinkLogsAAB9BAEE',
    'UrlShortenerIdempotencyTable73265F3C',
    'UrlShortenerLinkStatsLogs4BB8B4B2',
    'UrlShortenerLinksTable7CAE951B',
    'UrlShortenerRedirectLogsC9A0156F',
  ],
  'media-sharing': [
    'MediaSharingAccountsUserPool834BB343',
    'MediaSharingApiAccessLog6D81F8CC',
    'MediaSharingFeedTable7DDFA91C',
    'MediaSharingLibraryLogsC54214C4',
    'MediaSharingMediaTableDFAB1C0B',
    'MediaSharingNotificationsDeadLetterQueue63ED4514',
    'MediaSharingNotificationsQueueE4A8F93B',
    'MediaSharingNotifyLogs3275D439',
    'MediaSharingProcessUploadLogsC47405C2',
    'MediaSharingProcessingDeadLetterQueueEFAFAE5A',
    'MediaSharingProcessingQueue5024A13A',
    'MediaSharingPublishedBucket1FA0C562',
    'MediaSharingReviewLogs4EC60B5F',
    'MediaSharingReviewsDeadLetterQueue175F10E3',
    'MediaSharingReviewsQueue427447FA',
    'MediaSharingSigningKeySecretA302E14F',
    'MediaSharingUploadsEventsDeadLetterQueueAC9AC096',
    'MediaSharingUploadsEventsQueueF34567CF',
    'MediaSharingUploadsKeeperLogs5DD53BDA',
    'MediaSharingUploadsObjectsBucket688BDD9E',
    'MediaSharingUploadsSignerLogsF2EE154F',
    'MediaSharingUploadsTableB8B65173',
  ],
  'image-processing': [
    'ImageProcessingAnnounceImageLogs59C6D3DA',
    'ImageProcessingApiAccessLogE4FF7A72',
    'ImageProcessingJobsStateTableFD7C06AB',
    'ImageProcessingJobsStatusLogs97ABB68E',
    'ImageProcessingProcessImageLogs867670DF',
    'ImageProcessingShowThumbnailLogs90DF935D',
    'ImageProcessingThumbnailsBucket269649AB',
    'ImageProcessingUploadsBucketE427F732',
    'ImageProcessingWorkDeadLetterQueue638133A7',
    'ImageProcessingWorkQueueD4589672',
  ],
  'real-time-analytics': [
    'RealTimeAnalyticsApiAccessLog5492B696',
    'RealTimeAnalyticsArchiveBucket2C92BDF4',
    'RealTimeAnalyticsCountLogs966CC9C5',
    'RealTimeAnalyticsEventsArchiveLogs8A47E91C',
    'RealTimeAnalyticsEventsGroupdashboardDeadLetterQueueB848D37A',
    'RealTimeAnalyticsEventsStreamCE2EBEAD',
    'RealTimeAnalyticsIdempotencyTableB9E2C425',
    'RealTimeAnalyticsIngestLogsCDC2B1BC',
    'RealTimeAnalyticsLiveAccessLog36B1DF4C',
    'RealTimeAnalyticsLiveConnectionsTable5B3597B8',
    'RealTimeAnalyticsLiveKeeperLogs2DD44D5F',
    'RealTimeAnalyticsMinutesChangesPushDeadLetterQueueC4C9C7E6',
    'RealTimeAnalyticsMinutesTableBFFA6564',
    'RealTimeAnalyticsPageLogs496E8E17',
    'RealTimeAnalyticsPushLogs284C258C',
    'RealTimeAnalyticsReplayLogs82DB10FD',
    'RealTimeAnalyticsSeriesLogs0402F38B',
  ],
  'three-tier-web-app': [
    'StackThreeTierWebAppDatabaseClusterSecret06AB9C46dc373c50419995764e6e26f699eb8643',
    'ThreeTierWebAppDatabaseCluster7505C0C5',
    'ThreeTierWebAppMediaBucketA80BDDE5',
    'ThreeTierWebAppSessionsCookieKeySecret8A7D2967',
    'ThreeTierWebAppWebLogsBAA03720',
  ],
  'ticket-booking': [
    'StackTicketBookingDatabaseClusterSecretAB130E5Fdc373c50419995764e6e26f699eb8643',
    'TicketBookingApiAccessLog582DD755',
    'TicketBookingCatalogueLogsE6630002',
    'TicketBookingCheckOutLogsB2FA4AA8',
    'TicketBookingCheckoutLogs5B2EC91A',
    'TicketBookingDatabaseCluster4B3E0823',
    'TicketBookingEventCacheInvalidationEventsWorkerLogs5E981D4D',
    'TicketBookingEventsChangesIndexEventsDeadLetterQueue1A7E1C33',
    'TicketBookingEventsChangesInvalidation7bda52f3DeadLetterQueue6F63D4BE',
    'TicketBookingEventsTable0DB38302',
    'TicketBookingIdempotencyTableF9461CB9',
    'TicketBookingIndexEventsLogs4F60E04B',
    'TicketBookingLimitStateTableB33C5B3A',
    'TicketBookingLocksStateTable8141F002',
    'TicketBookingLogsAEFF8D68',
    'TicketBookingOrdersDeadLetterQueue97C116B4',
    'TicketBookingOrdersQueue54E3954A',
    'TicketBookingPaymentRecordsTable496C7669',
    'TicketBookingPaymentsLogs1FE4B2C5',
    'TicketBookingSeatsLogs4610BF06',
  ],
};

/** Those that PRODUCTION has beyond that. */
const ONLY_UNDER_PRODUCTION: Record<string, readonly string[]> = {
  'three-tier-web-app': [
    'ThreeTierWebAppDatabaseLogs459551B6',
    'ThreeTierWebAppLoadBalancerAccessLogsAFF33FEA',
    'ThreeTierWebAppNetworkFlowLogs949C4788',
  ],
  'ticket-booking': [
    'NetworkFlowLogs2BEC3212',
    'TicketBookingDatabaseLogsC7EDCCB0',
    'TicketBookingSearchDomain41590871',
    'TicketBookingSearchErrorLogs42ED2CB4',
    'TicketBookingSearchSlowSearchLogsD5782FE6',
    'TicketBookingSearchSlowWriteLogs13D9B832',
  ],
};

const STATEFUL = [
  'AWS::DynamoDB::GlobalTable', 'AWS::SQS::Queue', 'AWS::Logs::LogGroup', 'AWS::S3::Bucket', 'AWS::Cognito::UserPool',
  'AWS::SecretsManager::Secret', 'AWS::Kinesis::Stream', 'AWS::RDS::DBCluster', 'AWS::OpenSearchService::Domain', 'AWS::EFS::FileSystem',
];

const statefulIn = (stack: Stack) =>
  Object.entries(templateOf(stack).Resources ?? {}).flatMap(([id, { Type }]) => STATEFUL.includes(Type) ? [id] : []).sort();

test.each(BLUEPRINTS.map((entry) => [entry.name, entry] as const))('the data of %s stays where it is', (name, entry) => {
  const ids = [Profile.SANDBOX, Profile.PRODUCTION].map((profile) => {
    const stack = stackWith(profile);
    entry.create(stack);
    return statefulIn(stack);
  });
  expect(ids).toEqual([FROZEN[name], [...FROZEN[name] ?? [], ...ONLY_UNDER_PRODUCTION[name] ?? []].sort()]);
});

test('the shared files of three-tier-web-app stay where they are, and nothing else moves for them', () => {
  const stack = stackWith();
  new ThreeTierWebApp(stack, 'ThreeTierWebApp', { plaintext: true, sharedFiles: true });
  const others = FROZEN['three-tier-web-app']!.filter((id) => !id.includes('MediaBucket'));
  expect(statefulIn(stack)).toEqual([...others, 'ThreeTierWebAppMediaFileSystem25CEA8CD'].sort());
});

test('no blueprint is frozen that does not exist', () => {
  expect(Object.keys(FROZEN)).toEqual(BLUEPRINTS.map(({ name }) => name));
});

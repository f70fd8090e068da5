/** How what runs in a network reaches what lies outside. */
export enum Egress {
  /** Not at all, but for Amazon S3 and DynamoDB, whose gateway endpoints are free. */
  NONE = 'none',
  /** AWS services only, each through an interface endpoint that is made when something is wired to it. */
  ENDPOINTS = 'endpoints',
  /** The internet, through one NAT gateway in one availability zone: cheaper, and gone with that zone. */
  SINGLE_NAT = 'single-nat',
  /** The internet, through a NAT gateway in each availability zone. */
  NAT_PER_ZONE = 'nat-per-zone',
  /**
   * The internet, through one NAT gateway that follows the load over the availability zones and needs no public tier. Its
   * addresses come and go with the zones.
   */
  REGIONAL_NAT = 'regional-nat',
}

/** Whether NAT gateways stand in the public subnets of availability zones. */
export const isZonalNat = (egress: Egress) => egress === Egress.SINGLE_NAT || egress === Egress.NAT_PER_ZONE;

/** Whether there is a NAT gateway at all. */
export const isNat = (egress: Egress) => isZonalNat(egress) || egress === Egress.REGIONAL_NAT;

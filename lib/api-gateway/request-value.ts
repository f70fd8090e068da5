import { RuleError } from '../core/rules';
import { show } from '../core/show';

/** Something that a request carries, or that API Gateway knows of it, to be put into a call without code. */
export class RequestValue {
  /** The id that API Gateway gives the request. */
  public static readonly REQUEST_ID = new RequestValue('$context.requestId', '$context.requestId');

  /**
   * A parameter of the path: `city` of `POST /rides/{city}`.
   *
   * @throws RuleError when the name is not one of letters, digits, `_`, `-` and `.`
   */
  public static path(name: string): RequestValue {
    return new RequestValue(`$request.path.${checked(name)}`, `$input.params().path.get('${name}')`);
  }

  /**
   * A parameter of the query.
   *
   * @throws RuleError when the name is not one of letters, digits, `_`, `-` and `.`
   */
  public static query(name: string): RequestValue {
    return new RequestValue(`$request.querystring.${checked(name)}`, `$input.params().querystring.get('${name}')`);
  }

  /**
   * A header.
   *
   * @throws RuleError when the name is not one of letters, digits, `_`, `-` and `.`
   */
  public static header(name: string): RequestValue {
    return new RequestValue(`$request.header.${checked(name)}`, `$input.params().header.get('${name}')`);
  }

  /**
   * A field of a JSON body: `customer.id`.
   *
   * @throws RuleError when the name is not one of letters, digits, `_`, `-` and `.`
   */
  public static body(field: string): RequestValue {
    return new RequestValue(`$request.body.${checked(field)}`, `$input.path('$.${field}')`);
  }

  private constructor(
    /** The value in the parameter mapping of an HTTP API. */
    public readonly httpExpression: string,
    /** The value in the mapping template of a REST API. */
    public readonly restExpression: string,
  ) {}
}

/** The name ends up inside an expression, so it must not end it. */
function checked(name: string): string {
  if (typeof name !== 'string' || !/^[\w.-]+$/.test(name)) {
    throw new RuleError('RequestValue', [{ code: 'RequestValue.Name', given: `name ${show(name)}`, allowed: 'letters, digits, _, - and .' }]);
  }
  return name;
}

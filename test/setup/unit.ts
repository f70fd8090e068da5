// Read by aws-cdk-lib when it loads: the unit layers look at templates, the validation layer judges them.
process.env.CDK_VALIDATION = 'false';
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

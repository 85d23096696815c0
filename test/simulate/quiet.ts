// Read by the AWS SDK when it is loaded: whoever simulates need not be told of Node's age.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

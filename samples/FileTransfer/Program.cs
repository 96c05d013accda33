using System.CommandLine;
using FileTransfer;

var root = new RootCommand("Sends files over TCP in frames that twenty lines of Python can speak.")
{
    ServeCommand.Create(),
    PutCommand.Create(),
};

// The commands handle Ctrl-C and SIGTERM themselves, and turn expected errors into one line. What begins with @ is a file to send.
return await root.Parse(args, new() { ResponseFileTokenReplacer = null }).InvokeAsync(new() { ProcessTerminationTimeout = null });

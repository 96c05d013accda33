using System.CommandLine;
using FileTransfer;

var root = new RootCommand("Sends files over TCP in frames that twenty lines of Python can speak.")
{
    ServeCommand.Create(),
    PutCommand.Create(),
};

// The commands handle Ctrl-C and SIGTERM themselves, and turn expected errors into one line.
return await root.Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = null });

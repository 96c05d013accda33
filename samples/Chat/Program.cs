using System.CommandLine;
using System.Text;
using Chat;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

var root = new RootCommand("Rooms to talk in: a server, and a client for the terminal.")
{
    ServeCommand.Create(),
    JoinCommand.Create(),
};

// The commands handle Ctrl-C and SIGTERM themselves, and turn expected errors into one line. What begins with @ is a name.
return await root.Parse(args, new() { ResponseFileTokenReplacer = null }).InvokeAsync(new() { ProcessTerminationTimeout = null });

using System.CommandLine;
using System.CommandLine.Help;
using System.Text;
using Tour;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

var tour = new Command("tour", "The socket programs that people learn from, each with its lesson. Python's plain socket and netcat are their peers.")
{
    new HelpOption(),
    Once.Create(),
    Ask.Create(),
    Words.Create(),
    Timestamp.Create(),
    Upper.Create(),
    Hello.Create(),
    UdpListen.Create(),
    UdpSend.Create(),
    UdpAsk.Create(),
    HttpGet.Create(),
    Sticky.Create(),
    Families.Create(),
};

// The programs handle Ctrl-C and SIGTERM themselves, and what begins with @ is a text.
return await tour.Parse(args, new() { ResponseFileTokenReplacer = null }).InvokeAsync(new() { ProcessTerminationTimeout = null });

using System.CommandLine;
using System.Net.Sockets;
using Common;
using FramedSockets.Tcp;

namespace Chat;

/// <summary><c>join</c>: a client for the terminal.</summary>
internal static class JoinCommand
{
    private static readonly Argument<HostPort?> Address = new("HOST:PORT") { Description = "The server.", CustomParser = HostPort.Parse };
    private static readonly Option<string> Name = new("--name") { Description = "Who you are.", HelpName = "NAME", Required = true };

    private static readonly Option<string> Room = new("--room")
    {
        Description = "Where to begin.",
        HelpName = "ROOM",
        DefaultValueFactory = _ => "lobby",
    };

    public static Command Create()
    {
        var command = new Command("join", "Joins a room. A line is said to the room; /who, /join ROOM, /leave and /quit do what they say.") { Address, Name, Room };
        command.SetAction((arguments, _) => Failures.ReportAsync(() => RunAsync(arguments)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments)
    {
        using var signals = new StopSignals();
        await using var atOnce = signals.AtOnce.Register(() => Environment.Exit(Failures.Cancelled));
        await using var connection = await ConnectAsync(arguments.GetValue(Address)!, signals.Calm);
        var session = new ChatSession(connection, arguments.GetRequiredValue(Name));
        return await session.RunAsync(arguments.GetRequiredValue(Room), signals.Calm) ? 0 : throw new IOException("the server has ended the connection");
    }

    private static async Task<FrameConnection<ChatHeader>> ConnectAsync(HostPort address, CancellationToken cancellationToken)
    {
        try
        {
            var client = new TcpFrameClient<ChatHeader>(ChatWire.Codec, new() { Connection = ChatWire.Options });
            return await client.ConnectAsync(address.Host, address.Port, cancellationToken);
        }
        catch (SocketException e)
        {
            throw new IOException($"cannot connect to {address}: {e.Message}", e);
        }
    }
}

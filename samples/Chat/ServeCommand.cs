using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Common;

namespace Chat;

/// <summary><c>serve</c>: keeps the rooms until it is told to stop.</summary>
internal static class ServeCommand
{
    private static readonly Option<int> Port = new("--port")
    {
        Description = "The port to listen on; 0 lets the system choose.",
        HelpName = "N",
        Validators = { Checks.InRange("--port", 0, IPEndPoint.MaxPort) },
    };

    private static readonly Option<string> Host = new("--host")
    {
        Description = "The address to listen on; 0.0.0.0 or :: for every one.",
        HelpName = "HOST",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    public static Command Create()
    {
        var command = new Command("serve", "Keeps rooms for any number of clients. Who does not keep up with a room is cut.") { Port, Host };
        command.SetAction((arguments, _) => Failures.ReportAsync(() => RunAsync(arguments)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments)
    {
        using var signals = new StopSignals();
        var address = new HostPort(arguments.GetRequiredValue(Host), arguments.GetValue(Port));
        await using var server = new ChatServer(await address.ResolveAsync(signals.Calm));
        try
        {
            await server.StartAsync();
        }
        catch (SocketException e)
        {
            throw new IOException($"cannot listen on {address}: {e.Message}", e);
        }

        Console.WriteLine($"listening on {server.EndPoint}");
        await Task.Delay(Timeout.Infinite, signals.Calm).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await server.StopAsync(signals.AtOnce);
        return 0;
    }
}

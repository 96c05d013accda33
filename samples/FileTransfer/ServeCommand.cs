using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Common;

namespace FileTransfer;

/// <summary><c>serve</c>: takes files until it is told to stop, or has enough.</summary>
internal static class ServeCommand
{
    private static readonly Option<int> Port = new("--port")
    {
        Description = "The port to listen on; 0 lets the system choose.",
        HelpName = "N",
        Required = true,
        Validators = { Checks.InRange("--port", 0, IPEndPoint.MaxPort) },
    };

    private static readonly Option<string> Host = new("--host")
    {
        Description = "The address to listen on; 0.0.0.0 or :: for every one.",
        HelpName = "H",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    private static readonly Option<string> Folder = new("--dir")
    {
        Description = "The folder for the files; made if it is not there.",
        HelpName = "DIR",
        Required = true,
    };

    private static readonly Option<long> MaxFile = new("--max-file")
    {
        Description = "The longest file that is taken, in bytes.",
        HelpName = "BYTES",
        DefaultValueFactory = _ => UploadServerOptions.DefaultMaxFile,
        Validators = { Checks.InRange("--max-file", 0, long.MaxValue) },
    };

    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Let an upload replace a file of the same name." };

    private static readonly Option<int?> Count = new("--count")
    {
        Description = "Stop after N files.",
        HelpName = "N",
        Validators = { Checks.InRange("--count", 1, int.MaxValue) },
    };

    public static Command Create()
    {
        var command = new Command("serve", "Takes files and prints 'stored NAME LENGTH SHA256' for each. Ctrl-C lets uploads finish; again, cuts them.")
        {
            Port, Host, Folder, MaxFile, Overwrite, Count,
        };
        command.SetAction((arguments, _) => Failures.ReportAsync(() => RunAsync(arguments)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments)
    {
        using var signals = new StopSignals();
        var store = OpenFolder(arguments.GetRequiredValue(Folder), arguments.GetValue(Overwrite));
        var endPoint = await ResolveAsync(new(arguments.GetRequiredValue(Host), arguments.GetRequiredValue(Port)), signals.Calm);
        var options = new UploadServerOptions(endPoint, arguments.GetValue(MaxFile), arguments.GetValue(Count));

        await using var server = new UploadServer(store, options, new(Console.Out, Console.Error));
        await ListenAsync(server, endPoint);
        Console.WriteLine($"listening on {server.EndPoint}");

        await Task.WhenAny(server.CountReached, Task.Delay(Timeout.Infinite, signals.Calm));
        if (signals.Calm.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("stopping when all uploads have ended; Ctrl-C cuts them");
        }

        var report = await server.StopAsync(signals.AtOnce);
        return report.Cut.Count == 0 ? 0 : throw new IOException($"{report.Cut.Count} connections were cut before they had ended");
    }

    private static FileStore OpenFolder(string folder, bool overwrite)
    {
        try
        {
            return FileStore.Open(folder, overwrite);
        }
        catch (Exception e) when (e is ArgumentException || DiskFailure.Is(e))
        {
            throw new IOException($"cannot use the folder '{folder}': {e.Message}", e);
        }
    }

    private static async Task<IPEndPoint> ResolveAsync(HostPort listener, CancellationToken cancellationToken)
    {
        try
        {
            return await listener.ResolveAsync(cancellationToken);
        }
        catch (SocketException e)
        {
            throw new IOException($"cannot find the host '{listener.Host}': {e.Message}", e);
        }
    }

    private static async Task ListenAsync(UploadServer server, IPEndPoint endPoint)
    {
        try
        {
            await server.StartAsync();
        }
        catch (SocketException e)
        {
            throw new IOException($"cannot listen on {endPoint}: {e.Message}", e);
        }
    }
}

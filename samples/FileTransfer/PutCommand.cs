using System.CommandLine;
using System.Net.Sockets;
using Common;

namespace FileTransfer;

/// <summary><c>put</c>: sends files, one after the other, over one connection.</summary>
internal static class PutCommand
{
    private static readonly Argument<HostPort?> Address = new("HOST:PORT")
    {
        Description = "The server.",
        CustomParser = HostPort.Parse,
    };

    private static readonly Argument<string[]> Files = new("FILE")
    {
        Description = "The files; each is stored under its name, without its folders.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<bool> Plain = new("--plain")
    {
        Description = "Send cmd, filename and filesize only, and expect no answer: for servers that know nothing more.",
    };

    public static Command Create()
    {
        var command = new Command("put", "Sends files and prints 'sent NAME LENGTH SHA256' for each, once the server has confirmed it if it does.") { Address, Files, Plain };
        command.SetAction((arguments, _) => Failures.ReportAsync(() => RunAsync(arguments)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments)
    {
        using var signals = new StopSignals();
        await using var atOnce = signals.AtOnce.Register(() => Environment.Exit(Failures.Cancelled));
        await using var uploader = await ConnectAsync(arguments.GetValue(Address)!, arguments.GetValue(Plain), signals.Calm);
        var failed = false;
        foreach (var path in arguments.GetRequiredValue(Files))
        {
            try
            {
                // Elsewhere: a pipe that nobody writes to keeps its reader in the call that opens it.
                await using var file = await Task.Run(() => OutgoingFile.Open(path)).WaitAsync(signals.Calm);
                await TransferProgress.ShowAsync(file, () => uploader.SendAsync(file, signals.Calm));
                Console.WriteLine($"sent {file.Sent}");
            }
            catch (Exception e) when (e is UploadRefusedException or UnreadableFileException)
            {
                // This file only; the connection is as good as before.
                await Console.Error.WriteLineAsync($"error: {Printable.Of(path)}: {e.Message}");
                failed = true;
            }
        }

        await uploader.FinishAsync(signals.Calm);
        return failed ? Failures.Failed : 0;
    }

    private static async Task<Uploader> ConnectAsync(HostPort address, bool isPlain, CancellationToken cancellationToken)
    {
        try
        {
            return await Uploader.ConnectAsync(address, isPlain, cancellationToken);
        }
        catch (SocketException e)
        {
            throw new IOException($"cannot connect to {address}: {e.Message}", e);
        }
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FramedSockets.Tests.Support;
using FramedSockets.Udp;

namespace FramedSockets.Tests.Udp;

/// <summary>An endpoint in a process of its own, whose system calls may fail without harm to anybody else. It does what its standard input says.</summary>
internal sealed class DatagramChild : IAsyncDisposable
{
    public const string Name = "datagrams";
    private readonly Process _process;

    private DatagramChild(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>Starts one that sends to this endpoint.</summary>
    public static DatagramChild Start(string way, UdpDatagramEndpoint<byte> peer)
    {
        string[] arguments = [typeof(DatagramChild).Assembly.Location, Name, way, $"{((IPEndPoint)peer.LocalEndPoint!).Port}"];
        return new(Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!);
    }

    /// <summary>Lets it send a note (<c>send</c>, <c>try</c>), or add one to its batch and send that (<c>batch</c>); says what became of it.</summary>
    public async Task<string?> DoAsync(string what, byte header)
    {
        await _process.StandardInput.WriteLineAsync($"{what} {header}");
        return await _process.StandardOutput.ReadLineAsync().Soon();
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().Soon();
        Assert.Equal(0, _process.ExitCode);
        _process.Dispose();
    }

    /// <summary>The child's side: echoes what it hears, and obeys.</summary>
    public static async Task RunAsync(string way, int port)
    {
        await using var endpoint = Endpoints.Bind(Endpoints.Way(way));
        var peer = new DatagramPeer(new IPEndPoint(IPAddress.Loopback, port));
        var run = endpoint.RunAsync(datagram => datagram.ReplyAsync(datagram.Header, datagram.Body));
        var batch = endpoint.CreateBatch();
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            Console.WriteLine(await DoAsync(endpoint, batch, peer, words[0], byte.Parse(words[1])));
        }

        await endpoint.DisposeAsync();
        await run;
    }

    private static async Task<string> DoAsync(
        UdpDatagramEndpoint<byte> endpoint, DatagramBatch<byte> batch, DatagramPeer peer, string what, byte header)
    {
        try
        {
            switch (what)
            {
                case "try":
                    return endpoint.TrySend(header, [], peer) ? "sent" : "full";
                case "batch":
                    batch.Add(header, [], peer);
                    await endpoint.SendBatchAsync(batch);
                    return "sent";
                default:
                    await endpoint.SendAsync(header, default, peer);
                    return "sent";
            }
        }
        catch (FramedSocketException e)
        {
            return $"{e.Error} {(e.InnerException as SocketException)?.SocketErrorCode}";
        }
    }
}

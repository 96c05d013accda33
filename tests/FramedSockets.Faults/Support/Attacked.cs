using System.Net;
using System.Net.Sockets;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Support;

/// <summary>A server that is attacked while somebody else is connected to it: nobody but the attacker may notice.</summary>
internal sealed class Attacked : IAsyncDisposable
{
    private readonly ServerCounts _counts = new();
    private readonly RecordingLog _log = new();
    private readonly PoisonedOptions _options;
    private TcpFrameServer<Order> _server = null!;
    private FrameConnection<Order> _bystander = null!;
    private int _delivered;

    private Attacked(TransportKind kind) => _options = new(kind);

    /// <summary>Frames that attackers sent and a handler was given.</summary>
    public int Delivered => Volatile.Read(ref _delivered);

    /// <summary>All bytes that the server ever rented.</summary>
    public long Rented => _options.Pool.RentedLength;

    public EndPoint EndPoint => _server.LocalEndPoint!;

    public int ConnectionCount => _server.ConnectionCount;

    /// <summary>The longest time from an attack to its end.</summary>
    public TimeSpan Longest { get; private set; }

    public static async Task<Attacked> StartAsync(TransportKind kind, IHeaderCodec<Order>? codec = null, FrameDeadlines? deadlines = null)
    {
        var attacked = new Attacked(kind);
        var options = attacked._options.Server with { LoggerFactory = attacked._log, Deadlines = deadlines ?? FrameDeadlines.Default };
        attacked._server = new(codec ?? Wire.Codec, attacked.HandleAsync, options);
        await attacked._server.StartAsync().Soon();
        attacked._bystander = await Clients.ConnectAsync(attacked.EndPoint);
        await attacked._bystander.AssertEchoAsync();
        return attacked;
    }

    /// <summary>
    /// Sends bytes and asserts what an attack may lead to: one end with the reason, one count, one line, no frame, and no byte to
    /// the attacker but the end. Then others are served.
    /// </summary>
    /// <returns>The line in the log.</returns>
    public async Task<string> AssertClosesAsync(FramedSocketError error, params byte[][] bytes)
    {
        var (delivered, lines, ended) = (Delivered, _log.Of("Failed").Count, CountEnded(error));
        using (var attacker = await Clients.ConnectRawAsync(EndPoint))
        {
            var start = TimeProvider.System.GetTimestamp();
            await SendAsync(attacker, bytes);
            Assert.Equal(0, await attacker.ReadToEndAsync());
            var elapsed = TimeProvider.System.GetElapsedTime(start);
            Longest = elapsed > Longest ? elapsed : Longest;
            Scale.AssertWithin(TimeSpan.FromSeconds(1), elapsed, "An end");
        }

        await Timeouts.Until(() => CountEnded(error) == ended + 1);
        Assert.Equal(lines + 1, _log.Of("Failed").Count);
        Assert.Equal(delivered, Delivered);
        await AssertOthersServedAsync();
        var line = _log.Of("Failed")[^1];
        Assert.Contains($"ended with {error}:", line);
        return line;
    }

    /// <summary>Asserts that a good client is served, and the one that was there all the time.</summary>
    public async Task AssertOthersServedAsync()
    {
        await _bystander.AssertEchoAsync();
        _ = await Clients.AssertServedAsync(EndPoint);
        await Timeouts.Until(() => ConnectionCount == 1);
    }

    public async ValueTask DisposeAsync()
    {
        await _bystander.DisposeAsync().Soon();
        await Timeouts.Until(() => ConnectionCount == 0);
        await _server.DisposeAsync().Soon();
        await _options.DisposeAsync();
        _counts.Dispose();
        _log.Dispose();
    }

    private static async Task SendAsync(Socket attacker, byte[][] pieces)
    {
        try
        {
            foreach (var piece in pieces)
            {
                _ = await attacker.SendAsync(piece).Soon();
            }
        }
        catch (SocketException)
        {
            // The server was done with it before the last piece.
        }
    }

    private long CountEnded(FramedSocketError error) => _counts.Of(EndPoint, $"connections.ended {error}");

    private ValueTask HandleAsync(FrameConnection<Order> connection, Frame<Order> frame)
    {
        if (frame.Header.Do == "echo")
        {
            return connection.SendAsync(frame.Header, frame.Body);
        }

        _ = Interlocked.Increment(ref _delivered);
        return default;
    }
}

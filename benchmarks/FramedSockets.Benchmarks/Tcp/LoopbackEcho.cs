using BenchmarkDotNet.Attributes;
using FramedSockets.Benchmarks.Support;
using FramedSockets.Tcp;

namespace FramedSockets.Benchmarks.Tcp;

/// <summary>Frames there and back over loopback TCP, client and server in one process; allocations are those of both sides.</summary>
[MemoryDiagnoser]
[BenchmarkCategory("Echo", "LengthPrefix")]
public class LoopbackEcho
{
    private const int Frames = 1024;
    private byte[] _body = [];
    private byte[] _frames = [];
    private FramedEcho _framed = null!;
    private PlainEcho _plain = null!;

    [Params(32, 4096)]
    public int Body { get; set; }

    /// <summary>Frames in flight: 1 is a ping-pong; more are sent at once and then read.</summary>
    [Params(1, 64)]
    public int InFlight { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _body = Bodies.Of(Body);
        _frames = Bodies.LengthPrefixed(InFlight, Body);
        _framed = new();
        _plain = new(Body);
        await _framed.StartAsync();
        await _plain.StartAsync();
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _framed.DisposeAsync();
        await _plain.DisposeAsync();
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public async ValueTask<long> FramedSockets()
    {
        // One async method for all frames: a method per frame would allocate its state, which is not the library's.
        var connection = _framed.Connection;
        var total = 0L;
        for (var sent = 0; sent < Frames; sent += InFlight)
        {
            for (var i = 0; i < InFlight; i++)
            {
                connection.Write(_body);
            }

            for (var received = 0; received < InFlight && await connection.WaitToReadAsync();)
            {
                for (; connection.TryRead(out var frame); received++)
                {
                    total += frame.BodyLength;
                }
            }
        }

        return total;
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Frames)]
    public async ValueTask<long> NetworkStream()
    {
        var total = 0L;
        for (var done = 0; done < Frames; done += InFlight)
        {
            await _plain.SendAsync(_frames);
            for (var i = 0; i < InFlight; i++)
            {
                total += await _plain.ReceiveAsync();
            }
        }

        return total;
    }
}

using System.IO.Pipelines;
using System.Net;
using FramedSockets.Tests.Support;
using FramedSockets.Transport;

namespace FramedSockets.Tests.Transport;

/// <summary>Cancellations that meet what TLS does with the bytes.</summary>
#pragma warning disable CA1001 // IAsyncLifetime disposes
public sealed class TlsPipeReaderTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private readonly PoisoningPool _pool = new();
    private readonly Certificates _certificates = new();
    private Eager _inner = null!;
    private TlsConnection _here = null!;
    private TlsConnection _there = null!;

    public async Task InitializeAsync()
    {
        var (near, far) = MemoryConnection.CreatePair(new() { Pool = _pool });
        _inner = new(near);
        var accept = TlsConnection.AcceptAsync(far, new() { ServerCertificate = _certificates.Server() });
        _here = await TlsConnection.ConnectAsync(_inner, new() { CertificateChainPolicy = _certificates.Policy() }, "localhost", default).Soon();
        _there = await accept.Soon();
    }

    public async Task DisposeAsync()
    {
        foreach (var connection in new[] { _here, _there })
        {
            await connection.Output.CompleteAsync();
            await connection.Input.CompleteAsync();
            await connection.DisposeAsync().Soon();
        }

        _certificates.Dispose();
        await _pool.EnsureAllReturnedAsync();
    }

    [Fact]
    public async Task A_token_that_fires_as_its_read_succeeds_cancels_no_other()
    {
        using var cancel = new CancellationTokenSource();
        var read = _here.Input.ReadAsync(cancel.Token).Soon();
        _inner.OnBytes = cancel.Cancel;
        _ = await _there.Output.WriteAsync(Frames.Body(10)).Soon();
        var result = await read;
        Assert.True(cancel.IsCancellationRequested);
        Assert.Equal((10, false), (result.Buffer.Length, result.IsCanceled));
        _here.Input.AdvanceTo(result.Buffer.End);

        _inner.OnBytes = null;
        read = _here.Input.ReadAsync().Soon();
        _ = await _there.Output.WriteAsync(Frames.Body(20)).Soon();
        result = await read;
        Assert.Equal((20, false), (result.Buffer.Length, result.IsCanceled));
        _here.Input.AdvanceTo(result.Buffer.End);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_token_that_fires_late_takes_back_nothing_that_was_looked_at(bool isWhole)
    {
        using var cancel = new CancellationTokenSource();
        var read = _here.Input.ReadAsync(cancel.Token).Soon();
        _inner.OnBytes = cancel.Cancel;
        _ = await _there.Output.WriteAsync(Frames.Body(10)).Soon();
        var result = await read;
        Assert.True(cancel.IsCancellationRequested);
        _inner.OnBytes = null;
        _here.Input.AdvanceTo(result.Buffer.Start, result.Buffer.GetPosition(isWhole ? 10 : 9));

        read = _here.Input.ReadAsync().Soon();
        _ = await _there.Output.WriteAsync(Frames.Body(20)).Soon();
        result = await read;
        Assert.Equal((isWhole ? 30 : 10, false), (result.Buffer.Length, result.IsCanceled));
        _here.Input.AdvanceTo(result.Buffer.End);
    }

    [Fact]
    public async Task A_read_that_is_cancelled_says_so_once()
    {
        var read = _here.Input.ReadAsync().Soon();
        _here.Input.CancelPendingRead();
        var result = await read;
        Assert.True(result.IsCanceled);
        _here.Input.AdvanceTo(result.Buffer.End);
        Assert.False(_here.Input.TryRead(out _));
        _ = await _there.Output.WriteAsync(Frames.Body(10)).Soon();
        result = await _here.Input.ReadAtLeastAsync(10).Soon();
        Assert.Equal((10, false), (result.Buffer.Length, result.IsCanceled));
        _here.Input.AdvanceTo(result.Buffer.End);
    }

    /// <summary>A byte stream that has something happen when bytes come, before their reader knows of them.</summary>
    private sealed class Eager(ITransportConnection inner) : ITransportConnection
    {
        private readonly Reader _input = new(inner.Input);

        public Action? OnBytes
        {
            set => _input.OnBytes = value;
        }

        public PipeReader Input => _input;

        public PipeWriter Output => inner.Output;

        public EndPoint? LocalEndPoint => inner.LocalEndPoint;

        public EndPoint? RemoteEndPoint => inner.RemoteEndPoint;

        public void Abort() => inner.Abort();

        public ValueTask DisposeAsync() => inner.DisposeAsync();

        private sealed class Reader(PipeReader input) : PipeReader
        {
            public Action? OnBytes { get; set; }

            public override void AdvanceTo(SequencePosition consumed) => input.AdvanceTo(consumed);

            public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => input.AdvanceTo(consumed, examined);

            public override void CancelPendingRead() => input.CancelPendingRead();

            public override void Complete(Exception? exception = null) => input.Complete(exception);

            public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
            {
                var result = await input.ReadAsync(cancellationToken);
                if (!result.Buffer.IsEmpty)
                {
                    OnBytes?.Invoke();
                }

                return result;
            }

            public override bool TryRead(out ReadResult result) => input.TryRead(out result);
        }
    }
}

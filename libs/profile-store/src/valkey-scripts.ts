import type { ClientContext, Result } from 'ioredis';

/**
 * What has to be one step on the server. Every key of a script lies in one hash slot, and a script writes with its last
 * command only, so a server that is out of memory or disk has stored all of it or nothing.
 *
 * A script that is sent again, because its answer was lost, finds what it stored and says 1 again.
 */
export const SCRIPTS = {
  /**
   * A subject's profile, and what is to be published for it unless that is left out. 1 = stored, 0 = its version does not
   * follow the stored one.
   */
  saveProfile: {
    numberOfKeys: 1,
    lua: `
      local version, record, publication = ARGV[1], ARGV[2], ARGV[3]
      local stored = redis.call('HGET', KEYS[1], 'version')
      if stored == version then
        local same = redis.call('HMGET', KEYS[1], 'record', 'publication')
        return same[1] == record and (not publication or same[2] == publication) and 1 or 0
      end
      if tonumber(version) ~= tonumber(stored or 0) + 1 then
        return 0
      end
      if publication then
        redis.call('HSET', KEYS[1], 'version', version, 'record', record, 'publication', publication)
      else
        redis.call('HSET', KEYS[1], 'version', version, 'record', record)
      end
      return 1`,
  },
  /**
   * Positions of one save: the epoch, then of each partition its number, the offset that must be stored at least, the new
   * offset and the new position. 1 = all are stored, 0 = none: another epoch has begun, or one has not risen.
   */
  raisePositions: {
    numberOfKeys: 2,
    lua: `
      if (redis.call('HGET', KEYS[1], 'epoch') or '0') ~= ARGV[1] then
        return 0
      end
      local raised = {}
      for at = 2, #ARGV, 4 do
        local partition, least, offset, position = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
        local stored = redis.call('HGET', KEYS[2], partition)
        if stored ~= position then
          local before = stored and cjson.decode(stored).offset or -1
          if before < tonumber(least) or before >= tonumber(offset) then
            return 0
          end
        end
        raised[#raised + 1] = partition
        raised[#raised + 1] = position
      end
      redis.call('HSET', KEYS[2], unpack(raised))
      return 1`,
  },
  /**
   * A rebuild's name, then partitions and positions: begins a new epoch with these positions and no attempts, unless the last one
   * has this name. The number of the epoch.
   */
  beginEpoch: {
    numberOfKeys: 3,
    lua: `
      local last = redis.call('HMGET', KEYS[1], 'epoch', 'rebuild')
      if last[2] == ARGV[1] then
        return tonumber(last[1])
      end
      local epoch = (last[1] or 0) + 1
      redis.call('DEL', KEYS[2], KEYS[3])
      if #ARGV > 1 then
        redis.call('HSET', KEYS[2], unpack(ARGV, 2))
      end
      redis.call('HSET', KEYS[1], 'epoch', epoch, 'rebuild', ARGV[1])
      return epoch`,
  },
} as const;

declare module 'ioredis' {
  // The names of ioredis' own interface.
  interface RedisCommander<Context extends ClientContext = { type: 'default' }> {
    saveProfile(key: string, version: number, record: Buffer, ...publication: Buffer[]): Result<number, Context>;
    raisePositions(about: string, positions: string, epoch: string, ...raised: string[]): Result<number, Context>;
    beginEpoch(
      about: string,
      positions: string,
      attempts: string,
      rebuild: string,
      ...positionsToSet: string[]
    ): Result<number, Context>;
  }
}
